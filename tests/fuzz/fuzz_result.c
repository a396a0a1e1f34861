/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_result.c: any bytes as a result of --format json, which merge is given from elsewhere. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fleet.h"
#include "result.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* As the command does, so that what is handed out is looked at. */
static void on_connection(const struct ka_connection *connection, void *user)
{
    totals_add_connection(user, connection);
}

static void on_capture(const struct capture *capture, void *user)
{
    totals_add_capture(user, capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct result_callbacks callbacks = {on_connection, on_capture};
    struct fleet fleet = {.grouping = {.by = FLEET_BY_PREFIX, .v4_bits = 20, .v6_bits = 60}};
    struct totals totals = {.fleet = &fleet};
    char error[RESULT_ERROR_BYTES], path[32];
    int fd = memfd_create("result", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    result_read(path, &callbacks, &totals, error);
    close(fd);
    totals_settle(&totals);
    totals_free(&totals);
    fleet_free(&fleet);
    return 0;
}
