/* deaf: a header that says whom it serves, that it blocks, and not who may call. */
#pragma once
