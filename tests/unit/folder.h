/* folder: a temporary folder of a test, where $TMPDIR says. */
#pragma once

#define FOLDER_SIZE 256

void folder_make(char ret_path[FOLDER_SIZE]); /* fails the test if it cannot */
void folder_remove(const char *path);         /* with all that is in it */
