void
waits(void)
{
	usleep(1000);
	sleep (1);
	usleep(1); /* sleeps: the kernel has no event for it */
}
