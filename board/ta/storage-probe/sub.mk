# SPDX-License-Identifier: MIT
global-incdirs-y += .
cflags-y += -std=gnu11 -Wall -Wextra -Werror
srcs-y += entry.c
