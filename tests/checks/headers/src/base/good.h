/* good: a header.  Any thread. */
#pragma once
