#pragma once
#include <git2.h>

/// git_libgit2_opts is variadic, which Swift cannot call.
static inline int clibgit2_set_cache_limit(long bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)bytes);
}
