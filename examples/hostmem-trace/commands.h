/* The commands. Each parses its arguments, does its work, and returns the exit code. NAMES is --symbols FOLDERS and
 * --methods FILE (frame_names.h). */
#ifndef TRACE_COMMANDS_H
#define TRACE_COMMANDS_H

/* summary FILE [NAMES] */
int summary_run(int count, char **arguments);

/* csv FILE [-o OUT] */
int csv_run(int count, char **arguments);

/* report FILE -o PAGE.html [NAMES], report FILE --follow [--port PORT] [NAMES] */
int report_run(int count, char **arguments);

/* diff A B [--threshold SIZE] [--json | --html] [-o OUT] [NAMES] */
int diff_run(int count, char **arguments);

/* export --to FORMAT FILE [-o OUT] [--value VALUE] [NAMES] */
int export_run(int count, char **arguments);

/* watch FILE [--once] [NAMES] */
int watch_run(int count, char **arguments);

/* replay FILE [--dll PATH] [--times] */
int replay_run(int count, char **arguments);

#endif
