#define _GNU_SOURCE
#include "clinux.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int clinux_accept(int listener, struct sockaddr *address, unsigned int *length) {
    return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

char **clinux_environment(void) { return environ; }

void clinux_single_malloc_arena(void) { mallopt(M_ARENA_MAX, 1); }

int clinux_resolves_beneath(int root, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    int descriptor = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (descriptor < 0) return -1;
    close(descriptor);
    return 0;
}

int clinux_begin_write_out(int descriptor) { return sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }

int clinux_write_out(int descriptor) {
    return sync_file_range(descriptor, 0, 0,
                           SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

long clinux_file_system(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (long)status.f_type : -1;
}

int clinux_syncfs(int descriptor) { return syncfs(descriptor); }

int clinux_confine(posix_spawn_file_actions_t *actions, const char *folder) {
    int failure = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (failure == 0 && folder) failure = posix_spawn_file_actions_addchdir_np(actions, folder);
    return failure;
}

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
