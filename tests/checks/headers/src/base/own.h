/* own: private to this folder. */
#pragma once
