/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bare_loop.c: the least that any program built on libpcap does with a capture: read every packet
 * and touch one byte of it. The benchmark's times are ratios to this.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(argc > 1 ? argv[1] : "-", error);
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned long packets = 0, sum = 0;
    int result;

    if (!pcap) {
        fprintf(stderr, "bare_loop: %s\n", error);
        return EXIT_FAILURE;
    }
    while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        packets++;
        sum += header->caplen > 0 ? bytes[0] : 0;
    }
    if (result == PCAP_ERROR)
        fprintf(stderr, "bare_loop: %s\n", pcap_geterr(pcap));
    printf("%lu packets, sum %lu\n", packets, sum);
    pcap_close(pcap);
    return result == PCAP_ERROR ? EXIT_FAILURE : EXIT_SUCCESS;
}
