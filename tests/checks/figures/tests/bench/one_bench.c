figure("speed", 1); figure("size", 1); figure("height", 1);
