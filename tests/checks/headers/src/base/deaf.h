/* deaf: a header that says whom it serves and not who may call. */
#pragma once
