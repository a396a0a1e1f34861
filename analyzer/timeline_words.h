/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_words.h: the events of an expected course in words. */
#ifndef KA_TIMELINE_WORDS_H
#define KA_TIMELINE_WORDS_H

#include "core/course.h"
#include "prose.h"

/* What goes over the wire: "keep-alive probe 1, empty", "nothing". */
void timeline_sent_words(struct prose *prose, const struct course_settings *course,
                         const struct course_end *end, const struct course_event *event);

/* What the application sees of it: nothing, or the error and the call that returns it. */
void timeline_application_words(struct prose *prose, const struct course_settings *course,
                                const struct course_end *end, const struct course_event *event);

/* The settings of the check: "idle 7200 s, interval 75 s, count 9". */
void timeline_settings_words(struct prose *prose, const struct course_settings *course);

#endif
