#pragma once
#include <archive.h>
#include <archive_entry.h>

// The AE_IF* macros are casts, which Swift cannot see.
static const unsigned clibarchive_regular = AE_IFREG;
static const unsigned clibarchive_folder = AE_IFDIR;
static const unsigned clibarchive_symlink = AE_IFLNK;
static const unsigned clibarchive_socket = AE_IFSOCK;
static const unsigned clibarchive_character_device = AE_IFCHR;
static const unsigned clibarchive_block_device = AE_IFBLK;
static const unsigned clibarchive_fifo = AE_IFIFO;
