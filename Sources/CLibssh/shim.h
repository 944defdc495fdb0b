#pragma once
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <string.h>

/// The longest packet that the client takes (RFC 4254 §5.1), or 0 if this libssh is laid out differently.
///
/// No function of libssh tells it, and it must be known: ssh_channel_write of 0.10 subtracts 10 from it, and if nothing
/// is left it never returns, and takes 256 MB (fixed in 0.11).
static inline uint32_t clibssh_channel_max_packet(ssh_channel channel) {
    struct {
        ssh_session session;
        uint32_t local_channel, local_window;
        int local_eof;
        uint32_t local_maxpacket, remote_channel, remote_window;
        int remote_eof;
        uint32_t remote_maxpacket;
    } head;
    memcpy(&head, (const void *)channel, sizeof head);
    int is_known = head.session == ssh_channel_get_session(channel) && head.local_maxpacket == 35000 &&
                   head.remote_window == ssh_channel_window_size(channel);
    return is_known ? head.remote_maxpacket : 0;
}
