// SPDX-License-Identifier: MIT
/* board-storage: writes and checks secure-storage objects for tests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "content.h"
#include "storage_probe.h"
#include "probe.h"

/* TEE Internal Core API 1.3.1, table 5-2; OP-TEE tee_api_defines_extensions.h */
#define STORAGE_PRIVATE		0x00000001u
#define STORAGE_PRIVATE_REE	0x80000000u
#define STORAGE_PRIVATE_RPMB	0x80000100u

static const char help[] =
"board-storage [--storage private|ree|rpmb] COMMAND\n"
"\n"
"  write NAME SIZE SEQ          create or replace an object: SIZE bytes that follow\n"
"                               from NAME and SEQ; prints \"ack NAME SEQ\"\n"
"  read NAME                    check an object; prints \"NAME SEQ SIZE\"\n"
"  delete NAME                  delete an object\n"
"  churn COUNT SIZE [SEQ [N]]   write the objects churn-0 to churn-(COUNT-1) in turn,\n"
"                               with sequence numbers from SEQ (1); stop after N\n"
"                               writes (0: never); prints \"ack NAME SEQ\" after each\n"
"  update NAME BLOCKS SEQ [N]   overwrite the first BLOCKS blocks of 4096 bytes in\n"
"                               place, N times (1), with SEQ, SEQ+1, ...; prints\n"
"                               \"ack NAME SEQ\" after each\n"
"  hold NAME [N]                one call that writes and reads the object N times\n"
"                               (1000000), then deletes it; prints \"holding NAME\" first\n"
"\n"
"SIZE is 64 to 1048576; what is left over 4096 must be 0 or at least 64. SEQ must grow\n"
"from write to write. churn and update end with \"done N writes, B bytes, T us\".\n"
"In RPMB an update has at most 16 blocks. An \"ack\" means that the TEE has reported\n"
"the write as done.\n"
"\n"
"Exit status: 0 done; 1 the object is damaged; 2 there is no such object; 3 the TEE or\n"
"the kernel refused (the message has the code); 64 wrong arguments.\n";

static int usage(const char *what)
{
	fprintf(stderr, "board-storage: %s; see board-storage --help\n", what);
	return EXIT_USAGE;
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end = NULL;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !errno && !*end &&
	       *value <= INT64_MAX;
}

/* The object's name, if the command has one, and the numbers. */
static bool parse_arguments(const struct command *command, int argc,
			    char **argv, const char **object,
			    uint64_t *numbers)
{
	*object = "";
	if (command->has_object) {
		if (argc == 0 || !argv[0][0] ||
		    strlen(argv[0]) > STORAGE_PROBE_NAME_MAX) {
			return false;
		}
		*object = argv[0];
		argc--;
		argv++;
	}
	if (argc < command->min_numbers || argc > command->max_numbers) {
		return false;
	}
	memcpy(numbers, command->defaults, sizeof(command->defaults));
	for (int i = 0; i < argc; i++) {
		if (!parse_number(argv[i], &numbers[i])) {
			return false;
		}
	}
	return true;
}

static int run(int argc, char **argv, uint32_t storage)
{
	const struct command *command = command_by_name(argv[0]);
	uint64_t numbers[NUMBERS_MAX] = { 0 };
	const char *object = NULL;
	const char *wrong = NULL;
	struct probe probe;

	if (!command) {
		return usage("unknown command");
	}
	if (!parse_arguments(command, argc - 1, argv + 1, &object, numbers)) {
		return usage("wrong arguments");
	}
	wrong = command->check(numbers);
	if (wrong) {
		return usage(wrong);
	}
	probe_open(&probe, storage, CONTENT_MAX);
	return command->run(&probe, object, numbers);
}

static bool parse_storage(const char *text, uint32_t *storage)
{
	if (!strcmp(text, "private")) {
		*storage = STORAGE_PRIVATE;
	} else if (!strcmp(text, "ree")) {
		*storage = STORAGE_PRIVATE_REE;
	} else if (!strcmp(text, "rpmb")) {
		*storage = STORAGE_PRIVATE_RPMB;
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	uint32_t storage = STORAGE_PRIVATE;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (argc > 2 && !strcmp(argv[1], "--storage")) {
		if (!parse_storage(argv[2], &storage)) {
			return usage("--storage is private, ree or rpmb");
		}
		argc -= 2;
		argv += 2;
	}
	if (argc < 2) {
		return usage("no command");
	}
	return run(argc - 1, argv + 1, storage);
}
