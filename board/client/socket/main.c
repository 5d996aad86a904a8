// SPDX-License-Identifier: MIT
/*
 * board-socket: a TA's TCP connections to a peer that this program plays, and
 * that resets each of them. The TA is that of OP-TEE's own tests
 * (https://github.com/OP-TEE/optee_test, ta/socket: commands and parameters).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tee.h"

#define SOCKET_TA_UUID \
	{ 0x873bcd08, 0xc2c3, 0x11e6, \
	  { 0xa9, 0x37, 0xd0, 0xbf, 0x9c, 0x45, 0xc6, 0x1c } }
#define SOCKET_TA_OPEN		0
#define SOCKET_TA_CLOSE		2
#define SOCKET_TA_SEND		3
#define SOCKET_TA_RECEIVE	4

/* TEE Sockets API 1.0.1, TEE_ipSocket_ipVersion. */
#define IP_VERSION_4		1

/* Far longer than a good answer takes on a busy, emulated machine. */
#define PATIENCE_MS		30000

/* Where what lies in the shared memory. */
#define HANDLE_OFFSET		0
#define HANDLE_MAX		64
#define ADDRESS_OFFSET		64
#define DATA_OFFSET		4096
#define DATA_SIZE		1000

#define INPUT	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define OUTPUT	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT

enum { EXIT_OK, EXIT_WRONG, EXIT_TEE = 3, EXIT_USAGE = 64 };

static const char address[] = "127.0.0.1";

struct connection {
	struct tee tee;
	size_t handle_size;
};

static void die(const char *what)
{
	fprintf(stderr, "board-socket: %s: %s\n", what, strerror(errno));
	exit(EXIT_WRONG);
}

/* Sends back what comes; after as much as a round has, resets. */
static void *play_peer(void *argument)
{
	int listener = *(int *)argument;
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (;;) {
		uint8_t data[DATA_SIZE];
		size_t received = 0;
		int peer = accept(listener, NULL, NULL);

		while (peer >= 0 && received < sizeof(data)) {
			ssize_t count = recv(peer, data, sizeof(data), 0);

			if (count <= 0 || send(peer, data, (size_t)count,
					       MSG_NOSIGNAL) != count) {
				break;
			}
			received += (size_t)count;
		}
		if (peer >= 0 && received == sizeof(data)) {
			/* The TA asks for the reset when it has all. */
			recv(peer, data, 1, 0);
		}
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(peer);
	}
	return NULL;
}

static uint16_t start_peer(void)
{
	static int listener;
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(name);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&name, size) ||
	    listen(listener, 4) ||
	    getsockname(listener, (struct sockaddr *)&name, &size)) {
		die("listen on the loopback interface");
	}
	if (pthread_create(&thread, NULL, play_peer, &listener)) {
		die("start a thread");
	}
	return ntohs(name.sin_port);
}

static struct tee_ioctl_param handle_of(const struct connection *connection)
{
	return tee_memory(&connection->tee, INPUT, HANDLE_OFFSET,
			  connection->handle_size);
}

static uint32_t open_connection(struct connection *connection, uint16_t port)
{
	const struct tee *tee = &connection->tee;
	struct tee_ioctl_param params[TEE_PARAMETERS] = {
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, IP_VERSION_4, port,
		  0 },
		tee_memory(tee, INPUT, ADDRESS_OFFSET, sizeof(address)),
		tee_memory(tee, OUTPUT, HANDLE_OFFSET, HANDLE_MAX),
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT },
	};
	uint32_t result = 0;

	memcpy(tee->shm + ADDRESS_OFFSET, address, sizeof(address));
	result = tee_invoke(tee, SOCKET_TA_OPEN, params);
	connection->handle_size = params[2].b;
	return result;
}

static uint32_t close_connection(const struct connection *connection)
{
	struct tee_ioctl_param params[TEE_PARAMETERS] = {
		handle_of(connection),
	};

	return tee_invoke(&connection->tee, SOCKET_TA_CLOSE, params);
}

static uint32_t send_some(const struct connection *connection, size_t size)
{
	struct tee_ioctl_param params[TEE_PARAMETERS] = {
		handle_of(connection),
		tee_memory(&connection->tee, INPUT, DATA_OFFSET, size),
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT, PATIENCE_MS, 0, 0 },
	};

	return tee_invoke(&connection->tee, SOCKET_TA_SEND, params);
}

/* What came replaces the data. */
static uint32_t receive_some(const struct connection *connection, size_t offset,
			     size_t *size)
{
	struct tee_ioctl_param params[TEE_PARAMETERS] = {
		handle_of(connection),
		tee_memory(&connection->tee, OUTPUT, DATA_OFFSET + offset,
			   *size),
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, PATIENCE_MS, 0, 0 },
	};
	uint32_t result = tee_invoke(&connection->tee, SOCKET_TA_RECEIVE,
				     params);

	*size = params[1].b;
	return result;
}

static bool is_good(const char *what, uint32_t result)
{
	if (result) {
		fprintf(stderr, "board-socket: %s: TEE error %#x\n", what,
			result);
	}
	return !result;
}

/* Sends, and gets the same back. */
static bool exchange(const struct connection *connection, uint64_t round)
{
	uint8_t *data = connection->tee.shm + DATA_OFFSET;
	uint8_t sent[DATA_SIZE];
	size_t received = 0;

	for (size_t i = 0; i < sizeof(sent); i++) {
		sent[i] = (uint8_t)(round + i * 7);
	}
	memcpy(data, sent, sizeof(sent));
	if (!is_good("send", send_some(connection, sizeof(sent)))) {
		return false;
	}
	while (received < sizeof(sent)) {
		size_t size = sizeof(sent) - received;

		if (!is_good("receive", receive_some(connection, received,
						     &size))) {
			return false;
		}
		if (size == 0) {
			fprintf(stderr, "board-socket: receive: the stream "
				"ended\n");
			return false;
		}
		received += size;
	}
	if (memcmp(data, sent, sizeof(sent))) {
		fprintf(stderr, "board-socket: receive: other data came\n");
		return false;
	}
	return true;
}

/* Asks for the reset; what the TA is then told, while it receives or sends. */
static uint32_t meet_reset(const struct connection *connection, bool sending)
{
	uint32_t result = send_some(connection, 1);
	size_t size = 1;

	if (result || !sending) {
		return result ? result : receive_some(connection, 0, &size);
	}
	for (int i = 0; !result && i < 100; i++) {
		usleep(20000);
		result = send_some(connection, 1);
	}
	return result;
}

static bool play_round(struct connection *connection, uint16_t port,
		       uint64_t round)
{
	bool is_intact = false;

	if (!is_good("open", open_connection(connection, port))) {
		return false;
	}
	is_intact = exchange(connection, round);
	if (is_intact) {
		printf("reset %#x\n", meet_reset(connection, round % 2));
		fflush(stdout);
	}
	return is_good("close", close_connection(connection)) && is_intact;
}

int main(int argc, char **argv)
{
	static const struct ta_uuid uuid = SOCKET_TA_UUID;
	struct connection connection = { 0 };
	uint64_t rounds = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
	uint16_t port = 0;

	if (rounds == 0) {
		fputs("board-socket ROUNDS: connections of a TA to a peer that "
		      "echoes and then resets them;\nprints \"reset CODE\" "
		      "after each, the TEE result that the TA got\n", stderr);
		return EXIT_USAGE;
	}
	port = start_peer();
	tee_open(&connection.tee, &uuid, DATA_OFFSET + DATA_SIZE);
	for (uint64_t round = 0; round < rounds; round++) {
		if (!play_round(&connection, port, round)) {
			return EXIT_WRONG;
		}
	}
	return EXIT_OK;
}
