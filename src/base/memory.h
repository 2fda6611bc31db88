/* memory: the process' memory as a whole, for who comes by once in a while.  Any one thread. */
#pragma once

/* Gives free pages of the heap back to the system, if they have become many since the last time: malloc
 * keeps a pile for each thread. */
void pv_memory_trim(void);
/* Lets go of the program's and its libraries' code: what only the start ran stays out, and what runs on
 * comes back from the file, or from the system's cache of it. */
void pv_memory_drop_code(void);
