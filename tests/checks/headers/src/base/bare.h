#ifndef BARE_H
#define BARE_H
#endif
