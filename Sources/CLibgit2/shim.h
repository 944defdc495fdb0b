#pragma once
#include <git2.h>
#include <git2/sys/odb_backend.h>

// git_libgit2_opts is variadic, which Swift cannot call.

static inline int clibgit2_set_cache_limit(long bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)bytes);
}

/// No configuration but a repository's own: not the system's, and not that of the user who runs the process.
static inline int clibgit2_ignore_other_configuration(void) {
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++) {
        int code = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
        if (code < 0) return code;
    }
    return 0;
}

/// Whether trees are checked for objects that do not exist, and every object that is read is hashed again.
static inline int clibgit2_set_strict(int is_strict) {
    int code = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, is_strict);
    return code < 0 ? code : git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, is_strict);
}
