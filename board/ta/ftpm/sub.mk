# SPDX-License-Identifier: MIT
global-incdirs-y += . ../../plugin
cflags-y += -std=gnu11 -Wall -Wextra -Werror
srcs-y += entry.c commands.c state.c
