// SPDX-License-Identifier: MIT
/*
 * Preloaded into a published tee-supplicant: what it asks of /dev/teepriv0 goes
 * over a socket to ScriptedKernel.cs, which answers as the kernel does and
 * reads and writes the program's memory from outside.
 *
 * The connections are made before the program's own start and lie above all
 * descriptors that it gets itself, so that the program sees the numbers that it
 * would see with a real kernel, and neither a full table of descriptors nor a
 * sandbox is in the way.
 *
 * The file SCRIPTED_KERNEL_FAULTS holds error numbers: 0, or what the calls
 * named in `enum fault` fail with from then on. Behind them are the points at
 * which the program stops and asks: the kernel may kill it there.
 *
 * What keeper.c passes on is known by its name, as to the program; what a
 * predecessor passes on by the words that come with it. A process with
 * SCRIPTED_KERNEL_FOLLOWS begins beside the one that serves, and the kernel
 * hears of it when it receives.
 *
 * With SCRIPTED_KERNEL_MARKS a trace of system calls shows where a request
 * begins and ends: lseek() of a descriptor that is none.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS	40
#define FIRST_DESCRIPTOR	600
#define DESCRIPTORS	1024
#define DEVICE		(-1)

#define MARK_WAITING	(-5)
#define MARK_RECEIVED	(-6)
#define MARK_ANSWERED	(-7)

enum operation { HELLO = 1, OPEN, IOCTL, CLOSE, CANCEL, KEPT, BEGIN, POINT };

enum fault { FAULT_OPEN, FAULT_WRITE, FAULT_SYNC, FAULT_THREAD, FAULTS };

enum point { POINT_BEFORE = FAULTS, POINT_AFTER, POINT_KEEP, POINT_PLUGIN, WORDS };

struct message {
	uint32_t operation;
	uint32_t number;
	uint64_t argument;
};

struct answer {
	int32_t error;
	int32_t value;
};

static int connections[CONNECTIONS];
static atomic_int taken[CONNECTIONS];
static _Thread_local int mine = -1;
static pthread_key_t key;
static volatile int32_t *faults;
static int marks;

/* What a descriptor is: DEVICE, the id of a shared memory object, or 0. */
static atomic_int kinds[DESCRIPTORS];

static void fail(const char *text)
{
	perror(text);
	_exit(125);
}

static void give_back(void *index)
{
	atomic_store(&taken[(intptr_t)index - 1], 0);
}

static int connection(void)
{
	int i;

	for (i = 0; mine < 0 && i < CONNECTIONS; i++) {
		int free = 0;

		if (atomic_compare_exchange_strong(&taken[i], &free, 1)) {
			mine = i;
			pthread_setspecific(key, (void *)(intptr_t)(i + 1));
		}
	}
	if (mine < 0)
		fail("scripted kernel: too many threads");
	return connections[mine];
}

static void tell(int to, uint32_t operation, uint32_t number, uint64_t argument)
{
	struct message message = { operation, number, argument };

	if (write(to, &message, sizeof(message)) != sizeof(message))
		fail("scripted kernel: gone");
}

/*
 * A signal handler without SA_RESTART ends the wait, as it ends the kernel's.
 * The kernel may have answered just then; its answer counts.
 */
static struct answer ask(uint32_t operation, uint32_t number, uint64_t argument)
{
	struct answer answer;
	int to = connection();
	int told = 0;

	tell(to, operation, number, argument);
	while (read(to, &answer, sizeof(answer)) != sizeof(answer)) {
		if (errno != EINTR)
			fail("scripted kernel: gone");
		if (!told)
			tell(to, CANCEL, 0, 0);
		told = 1;
	}
	return answer;
}

static void find_kept(void)
{
	const char *process = getenv("LISTEN_PID");
	char *names = getenv("LISTEN_FDNAMES");
	char *name, *state = NULL;
	int descriptor = 3;

	if (!process || atoi(process) != getpid() || !names)
		return;
	names = strdup(names);
	for (name = strtok_r(names, ":", &state); name; name = strtok_r(NULL, ":", &state), descriptor++) {
		int kind = strcmp(name, "tee-device") == 0 ? DEVICE : 0;

		if (strncmp(name, "tee-shm-", 8) == 0)
			kind = atoi(name + 8);
		if (!kind || descriptor >= DESCRIPTORS)
			continue;
		atomic_store(&kinds[descriptor], kind);
		ask(KEPT, 0, kind);
	}
	free(names);
}

__attribute__((constructor)) static void start(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("SCRIPTED_KERNEL_SOCKET");
	const char *file = getenv("SCRIPTED_KERNEL_FAULTS");
	const char *started = getenv("KEEPER_STARTED");
	int i, from;

	if (!path || !file)
		fail("scripted kernel: no socket named");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	marks = getenv("SCRIPTED_KERNEL_MARKS") != NULL;
	/* The test's own runtime ignores it, and a started program inherits that. */
	signal(SIGPIPE, SIG_DFL);
	pthread_key_create(&key, give_back);
	for (i = 0; i < CONNECTIONS; i++) {
		from = socket(AF_UNIX, SOCK_STREAM, 0);
		if (from < 0 || connect(from, (struct sockaddr *)&address, sizeof(address)))
			fail("scripted kernel: no connection");
		connections[i] = fcntl(from, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
		if (connections[i] < 0)
			fail("scripted kernel: no descriptor");
		close(from);
	}
	from = open(file, O_RDONLY | O_CLOEXEC);
	faults = mmap(NULL, WORDS * sizeof(*faults), PROT_READ, MAP_SHARED, from, 0);
	if (from < 0 || faults == MAP_FAILED)
		fail("scripted kernel: no faults");
	close(from);
	if (getenv("SCRIPTED_KERNEL_FOLLOWS"))
		return;
	ask(HELLO, getpid(), started ? strtoull(started, NULL, 10) : 0);
	find_kept();
	ask(BEGIN, 0, 0);
}

static int is_node(const char *path)
{
	return strncmp(path, "/dev/teepriv", 12) == 0;
}

static int open_node(const char *path, int flags)
{
	struct answer answer;
	int descriptor;

	answer = ask(OPEN, atoi(path + 12), 0);
	if (answer.error) {
		errno = answer.error;
		return -1;
	}
	descriptor = fcntl(connection(), flags & O_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
	if (descriptor >= 0)
		atomic_store(&kinds[descriptor], DEVICE);
	return descriptor;
}

static int is_faulty(enum fault fault)
{
	if (!faults || !faults[fault])
		return 0;
	errno = faults[fault];
	return 1;
}

static void reach(enum point point)
{
	int error = errno;

	if (faults && faults[point])
		ask(POINT, point, 0);
	errno = error;
}

/* TEE_IOC_SUPPL_RECV is 6, TEE_IOC_SUPPL_SEND 7. */
static void mark(unsigned long request, int before)
{
	int error = errno;
	int number = request & 0xff;

	if (marks && number == 6)
		lseek(before ? MARK_WAITING : MARK_RECEIVED, 0, SEEK_SET);
	else if (marks && number == 7 && before)
		lseek(MARK_ANSWERED, 0, SEEK_SET);
	errno = error;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open64(const char *path, int flags, ...)
{
	va_list arguments;
	unsigned int mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	return is_node(path) ? open_node(path, flags) : NEXT(open64)(path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	unsigned int mode;
	int result;

	va_start(arguments, flags);
	mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (is_node(path))
		return open_node(path, flags);
	if (is_faulty(FAULT_OPEN))
		return -1;
	reach(POINT_BEFORE);
	result = NEXT(openat64)(directory, path, flags, mode);
	reach(POINT_AFTER);
	return result;
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
	ssize_t result;

	if (is_faulty(FAULT_WRITE))
		return -1;
	reach(POINT_BEFORE);
	result = NEXT(pwrite64)(descriptor, data, length, offset);
	reach(POINT_AFTER);
	return result;
}

void scripted_kernel_plugin(void)
{
	reach(POINT_PLUGIN);
}

/* Nothing but descriptors for the service manager goes this way. */
ssize_t sendmsg(int socket, const struct msghdr *message, int flags)
{
	reach(POINT_KEEP);
	return NEXT(sendmsg)(socket, message, flags);
}

/* "offer ..." comes with the device first, "memory ID ..." with these objects. */
static void note_passed(char *text, const int *descriptors, int count)
{
	char *word, *state = NULL;
	int i, is_memory;

	word = strtok_r(text, " \n", &state);
	is_memory = word && strcmp(word, "memory") == 0;
	if (word && strcmp(word, "offer") == 0)
		atomic_store(&kinds[descriptors[0]], DEVICE);
	for (i = 0; is_memory && i < count && (word = strtok_r(NULL, " \n", &state)); i++)
		atomic_store(&kinds[descriptors[i]], atoi(word));
}

ssize_t recvmsg(int socket, struct msghdr *message, int flags)
{
	ssize_t length = NEXT(recvmsg)(socket, message, flags);
	struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(message) : NULL;
	char *text;

	if (header && header->cmsg_type == SCM_RIGHTS) {
		text = strndup(message->msg_iov[0].iov_base, length);
		note_passed(text, (int *)CMSG_DATA(header), (header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		free(text);
	}
	return length;
}

int fsync(int descriptor)
{
	return is_faulty(FAULT_SYNC) ? -1 : NEXT(fsync)(descriptor);
}

int fdatasync(int descriptor)
{
	return is_faulty(FAULT_SYNC) ? -1 : NEXT(fdatasync)(descriptor);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument)
{
	if (is_faulty(FAULT_THREAD))
		return errno;
	return NEXT(pthread_create)(thread, attributes, routine, argument);
}

int close(int descriptor)
{
	int kind = 0;

	if (descriptor >= 0 && descriptor < DESCRIPTORS)
		kind = atomic_exchange(&kinds[descriptor], 0);
	if (kind)
		ask(CLOSE, 0, kind);
	return NEXT(close)(descriptor);
}

int ioctl(int descriptor, unsigned long request, ...)
{
	va_list arguments;
	struct answer answer;
	void *argument;
	int memory = 0;
	int makes_descriptor = (request & 0xff) == 9; /* TEE_IOC_SHM_REGISTER */

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (descriptor < 0 || descriptor >= DESCRIPTORS || atomic_load(&kinds[descriptor]) != DEVICE)
		return NEXT(ioctl)(descriptor, request, argument);

	if (makes_descriptor) {
		memory = fcntl(descriptor, F_DUPFD, 0);
		if (memory < 0)
			return -1;
	}
	mark(request, 1);
	answer = ask(IOCTL, request, (uintptr_t)argument);
	mark(request, 0);
	if (answer.error) {
		if (makes_descriptor)
			NEXT(close)(memory);
		errno = answer.error;
		return -1;
	}
	if (makes_descriptor)
		atomic_store(&kinds[memory], answer.value);
	return memory;
}
