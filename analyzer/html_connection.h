/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_connection.h: one connection in the HTML report: its row of the table and its section. */
#ifndef KA_HTML_CONNECTION_H
#define KA_HTML_CONNECTION_H

#include <stdio.h>

#include "capture.h"

/* What is shown of a connection. `id` names its section in the page. */
struct html_connection {
    const struct capture *capture;
    const struct ka_connection *connection;
    const struct event *events;
    size_t event_count;
    const struct what_if *what_if; /* settings to try, or NULL */
    uint64_t id;
    bool has_section; /* the row leads to it */
};

/* The heading of the table, and a row. */
void html_connection_heading(FILE *stream);
void html_connection_row(FILE *stream, const struct html_connection *row);

/* Its timeline, story and frames. False: something was left out for want of memory. */
bool html_connection_section(FILE *stream, const struct html_connection *row);

#endif
