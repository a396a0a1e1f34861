/* SPDX-License-Identifier: GPL-2.0-or-later */
/* completion.c: scripts for bash and zsh, written from the table of options. */
#include "completion.h"

#include <string.h>

#include "compare_options.h"
#include "options.h"
#include "timeline_options.h"

/* ---- bash -------------------------------------------------------------------------------- */

static bool is_file(const struct option_row *option)
{
    return strcmp(option->argument, "FILE") == 0;
}

/* "-o | --output)" */
static void bash_label(FILE *stream, const struct option_row *option)
{
    fputs("        ", stream);
    if (option->short_name)
        fprintf(stream, "-%c | ", option->short_name);
    fprintf(stream, "--%s)", option->long_name);
}

/* What may follow the options that take an argument. */
static void bash_arguments(FILE *stream, const struct option_table *table)
{
    fputs("        case $previous in\n", stream);
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *option = &table->rows[i];

        if (!option->argument)
            continue;
        bash_label(stream, option);
        if (option->is_optional) {
            fputs(" [[ $joined == yes ]] && words=\"", stream);
            option->words(stream);
            fputs("\" ;;\n", stream);
        } else if (option->words) {
            fprintf(stream, "%s words=\"", option->is_list ? " list=yes" : "");
            option->words(stream);
            fputs("\" ;;\n", stream);
        } else {
            fprintf(stream, " files=%s ;;\n", is_file(option) ? "yes" : "no");
        }
    }
    fputs("        esac\n        ;;\n", stream);
}

/* One of the commands, as a branch of `case`. */
static void bash_command(FILE *stream, const char *pattern, const struct option_table *table)
{
    fprintf(stream, "    %s)\n        options=\"", pattern);
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].short_name)
            fprintf(stream, " -%c", table->rows[i].short_name);
        fprintf(stream, " --%s", table->rows[i].long_name);
    }
    fputs("\"\n", stream);
    bash_arguments(stream, table);
}

static void put_commands(FILE *stream)
{
    for (size_t i = 0; options_command(i); i++)
        fprintf(stream, " %s", options_command(i));
}

static void bash_print(FILE *stream)
{
    fputs("# Completion of ka-analyze for bash, written by ka-analyze --completion bash\n"
          "_ka_analyze()\n"
          "{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local options=\"\" words=\"\" list=no files=\"\" head=\"\" joined=no\n"
          "\n"
          "    # \"--format=json\" comes as three words.\n"
          "    if [[ $current == \"=\" ]]; then\n"
          "        current=\"\" joined=yes\n"
          "    elif [[ $previous == \"=\" ]] && ((COMP_CWORD > 2)); then\n"
          "        previous=${COMP_WORDS[COMP_CWORD - 2]} joined=yes\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          stream);
    bash_command(stream, "timeline", &timeline_options_table);
    bash_command(stream, "compare", &compare_options_table);
    bash_command(stream, "*", &options_table);
    fputs("    esac\n"
          "    if [[ -z $words && -z $files && $current == -* ]]; then\n"
          "        words=$options\n"
          "    elif [[ -z $words && -z $files ]]; then\n"
          "        files=yes\n"
          "        ((COMP_CWORD == 1)) && words=\"",
          stream);
    put_commands(stream);
    fputs("\"\n"
          "    fi\n"
          "    if [[ $list == yes && $current == *,* ]]; then\n"
          "        head=${current%,*},\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(\n"
          "        compgen -P \"$head\" -W \"$words\" -- \"${current#\"$head\"}\")\n"
          "    if [[ $files == yes ]]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$current\")\n"
          "    fi\n"
          "}\n"
          "complete -F _ka_analyze ka-analyze\n",
          stream);
}

/* ---- zsh --------------------------------------------------------------------------------- */

/* Inside single quotes and the brackets of an _arguments specification. */
static void zsh_help(FILE *stream, const char *help)
{
    size_t length = strlen(help);

    if (length > 0 && help[length - 1] == ':') /* --help goes on with a list */
        length--;
    putc('[', stream);
    for (size_t i = 0; i < length; i++) {
        if (help[i] == '\'')
            fputs("'\\'", stream);
        else if (strchr("[]:\\", help[i]))
            putc('\\', stream);
        putc(help[i], stream);
    }
    putc(']', stream);
}

static void zsh_option(FILE *stream, const struct option_row *option)
{
    fputs("        ", stream);
    if (option->short_name)
        fprintf(stream, "'(-%c --%s)'{-%c%s,--%s%s}'", option->short_name, option->long_name,
                option->short_name, option->argument ? "+" : "", option->long_name,
                option->argument ? "=" : "");
    else
        fprintf(stream, "'--%s%s", option->long_name,
                option->is_optional ? "=-" : (option->argument ? "=" : ""));
    zsh_help(stream, option->help);
    if (option->argument) {
        fprintf(stream, "%s:%s:", option->is_optional ? ":" : "", option->argument);
        if (option->words) {
            fputs(option->is_list ? "_sequence compadd -" : "(", stream);
            option->words(stream);
            fputs(option->is_list ? "" : ")", stream);
        } else {
            fputs(is_file(option) ? "_files" : " ", stream);
        }
    }
    fputs("' \\\n", stream);
}

static void zsh_command(FILE *stream, const struct option_table *table)
{
    fputs("    _arguments -s -S \\\n", stream);
    for (size_t i = 0; i < table->count; i++)
        zsh_option(stream, &table->rows[i]);
    fputs("        '*:FILE:_ka_analyze_operands'\n", stream);
}

static void zsh_print(FILE *stream)
{
    fputs("#compdef ka-analyze\n"
          "# Completion of ka-analyze for zsh, written by ka-analyze --completion zsh\n"
          "_ka_analyze_operands()\n"
          "{\n"
          "    ((CURRENT == 2)) && [[ $words[1] == *ka-analyze ]] && compadd --",
          stream);
    put_commands(stream);
    fputs("\n"
          "    _files\n"
          "}\n"
          "if ((CURRENT > 2)) && [[ $words[2] == timeline ]]; then\n"
          "    shift words\n"
          "    ((CURRENT--))\n",
          stream);
    zsh_command(stream, &timeline_options_table);
    fputs("elif ((CURRENT > 2)) && [[ $words[2] == compare ]]; then\n"
          "    shift words\n"
          "    ((CURRENT--))\n",
          stream);
    zsh_command(stream, &compare_options_table);
    fputs("else\n", stream);
    zsh_command(stream, &options_table);
    fputs("fi\n", stream);
}

/* ---- both -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*print)(FILE *stream);
} shells[] = {{"bash", bash_print}, {"zsh", zsh_print}};

bool completion_find(const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i].name, shell) == 0)
            return true;
    return false;
}

void completion_print(FILE *stream, const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i].name, shell) == 0)
            shells[i].print(stream);
}

void completion_words(FILE *stream)
{
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        fprintf(stream, " %s", shells[i].name);
}
