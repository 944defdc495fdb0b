#pragma once
#include <zlib.h>

/// inflateInit2 is a macro. Gzip only (RFC 1952), any window.
static inline int czlib_inflate_init_gzip(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}
