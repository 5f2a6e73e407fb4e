/* The commands. Each parses its arguments, does its work, and returns the exit code. */
#ifndef TRACE_COMMANDS_H
#define TRACE_COMMANDS_H

/* summary FILE */
int summary_run(int count, char **arguments);

/* csv FILE [-o OUT] */
int csv_run(int count, char **arguments);

/* report FILE -o PAGE.html */
int report_run(int count, char **arguments);

/* diff A B [--threshold SIZE] [--json] [-o OUT] */
int diff_run(int count, char **arguments);

/* export --to FORMAT FILE [-o OUT] [--value VALUE] */
int export_run(int count, char **arguments);

/* watch FILE [--once] */
int watch_run(int count, char **arguments);

/* replay FILE [--dll PATH] [--times] */
int replay_run(int count, char **arguments);

#endif
