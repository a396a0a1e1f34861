/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_pcap.c: write a timeline script to standard output as a capture. */
#include <stdlib.h>
#include <string.h>

#include "script.h"

int main(int argc, char **argv)
{
    struct script script;
    struct script_variant variant = {.isns = 3};

    if (argc == 3 && strcmp(argv[1], "-6") == 0) {
        variant.ipv6 = true;
        argv++;
        argc--;
    }
    if (argc != 2) {
        fputs("usage: script-pcap [-6] SCRIPT >CAPTURE\n", stderr);
        return EXIT_FAILURE;
    }
    if (script_read(&script, argv[1]))
        script_write_pcap(&script, variant, stdout);
    else
        fprintf(stderr, "%s\n", script.problem);
    int status = script.problem[0] ? EXIT_FAILURE : EXIT_SUCCESS;
    script_free(&script);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("script-pcap");
        status = EXIT_FAILURE;
    }
    return status;
}
