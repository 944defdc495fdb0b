// Linux calls that Swift's Glibc module does not show: GNU extensions and variadic functions.
#pragma once
#include <sys/types.h>

/// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK; -1 and errno on failure. The address is optional.
struct sockaddr;
int clinux_accept(int listener, struct sockaddr *address, unsigned int *length);

/// pipe2(2) with O_CLOEXEC; 0, or -1 and errno.
int clinux_pipe(int ends[2]);

/// pidfd_open(2): a descriptor that becomes readable when the process ends; -1 and errno on failure.
int clinux_pidfd_open(pid_t pid);

/// The process's environment, terminated by NULL.
char **clinux_environment(void);

/// Makes malloc use one arena, so that many short-lived threads leave no memory behind.
void clinux_single_malloc_arena(void);

/// openat2(2) with O_PATH and RESOLVE_BENEATH: 0 if `path` resolves inside the folder `root`, else -1 and errno:
/// EXDEV if it leaves the folder, ENOENT if it leads nowhere inside it, ELOOP.
int clinux_resolves_beneath(int root, const char *path);

/// sync_file_range(2) of the whole file: its data is on its way to the disk. 0, or -1 and errno.
int clinux_begin_write_out(int descriptor);

/// sync_file_range(2) of the whole file, waiting: its data is written out, its metadata is not. 0, or -1 and errno.
int clinux_write_out(int descriptor);

/// The type of the descriptor's file system as statfs(2) tells it, or -1 and errno.
long clinux_file_system(int descriptor);

/// syncfs(2): everything written to the file system of this descriptor is on disk on return; 0, or -1 and errno.
int clinux_syncfs(int descriptor);

/// posix_spawn_file_actions_addchdir_np and …addclosefrom_np: the child starts in `folder` (if not NULL), without any
/// descriptor above 2. 0, or an error number.
#include <spawn.h>
int clinux_confine(posix_spawn_file_actions_t *actions, const char *folder);

/// pidfd_send_signal(2): signals the very process that the descriptor was opened for; 0, or -1 and errno (ESRCH once it
/// has ended).
int clinux_pidfd_send_signal(int pidfd, int signal);
