/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complain.c: errors as lines that are safe to show. */
#include "complain.h"

#include <stdlib.h>

#include "names.h"

void complain_to(FILE *stream, const char *name, const char *message)
{
    char *safe_name = name_for_terminal(name), *safe_message = name_for_terminal(message);

    fprintf(stream, "ka-analyze: %s%s%s\n", safe_name ? safe_name : "", *name ? ": " : "",
            safe_message ? safe_message : "out of memory");
    free(safe_name);
    free(safe_message);
}

void complain(const char *name, const char *message)
{
    complain_to(stderr, name, message);
}
