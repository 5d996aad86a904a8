// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "probe.h"
#include "storage_probe.h"

#define BLOCK	4096

struct client {
	pthread_t thread;
	pthread_barrier_t *start;
	struct probe probe;
	char name[STORAGE_PROBE_NAME_MAX + 1];
	uint32_t command;
	uint64_t count;
	uint64_t *times;
	uint32_t result;
};

static uint32_t call(struct client *client, uint32_t command)
{
	size_t size = BLOCK;

	memset(probe_data(&client->probe), client->name[0], BLOCK);
	return probe_call(&client->probe, command, client->name, 0, &size);
}

static void *run_client(void *argument)
{
	struct client *client = argument;

	pthread_barrier_wait(client->start);
	for (uint64_t i = 0; i < client->count && !client->result; i++) {
		uint64_t started = now_us();

		client->result = call(client, client->command);
		client->times[i] = now_us() - started;
	}
	return NULL;
}

/* The object is there, and what the first request makes has been made. */
static void prepare(struct client *client, uint64_t number, uint32_t storage,
		    uint64_t count)
{
	/* Its own object: a reader of another one would be refused. */
	snprintf(client->name, sizeof(client->name), "latency-%" PRIu64,
		 number);
	client->times = calloc(count, sizeof(*client->times));
	if (!client->times) {
		fputs("board-latency: too little memory\n", stderr);
		exit(EXIT_WRONG);
	}
	probe_open(&client->probe, storage, BLOCK);
	client->result = call(client, STORAGE_PROBE_WRITE);
}

static void report(const struct client *client, const char *what,
		   uint64_t clients)
{
	if (client->result) {
		fprintf(stderr, "board-latency: %s: TEE error %#x\n",
			client->name, client->result);
		exit(EXIT_TEE);
	}
	for (uint64_t i = 0; i < client->count; i++) {
		printf("%s_%" PRIu64 " %" PRIu64 "\n", what, clients,
		       client->times[i]);
	}
}

static void measure(struct client *all, uint64_t clients, uint64_t count,
		    uint32_t command)
{
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, (unsigned int)clients);
	for (uint64_t i = 0; i < clients; i++) {
		all[i].start = &start;
		all[i].command = command;
		all[i].count = (count + clients - 1) / clients;
		if (pthread_create(&all[i].thread, NULL, run_client, &all[i])) {
			fputs("board-latency: cannot start a thread\n", stderr);
			exit(EXIT_WRONG);
		}
	}
	for (uint64_t i = 0; i < clients; i++) {
		pthread_join(all[i].thread, NULL);
	}
	pthread_barrier_destroy(&start);
	for (uint64_t i = 0; i < clients; i++) {
		report(&all[i], command == STORAGE_PROBE_READ ? "read" :
								"update",
		       clients);
	}
}

int measure_calls(uint32_t storage, uint64_t count, int numbers,
		  const uint64_t *clients)
{
	static struct client all[CLIENTS_MAX];
	uint64_t prepared = 0;

	for (int i = 0; i < numbers; i++) {
		for (; prepared < clients[i]; prepared++) {
			prepare(&all[prepared], prepared, storage, count);
		}
		measure(all, clients[i], count, STORAGE_PROBE_READ);
		measure(all, clients[i], count, STORAGE_PROBE_UPDATE);
	}
	return EXIT_OK;
}
