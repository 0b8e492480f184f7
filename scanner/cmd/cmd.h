/*
 * The commands. argv[0] is the command's name; what comes back is the exit code
 * of the program (enum config_exit).
 */
#ifndef SCANNER_CMD_CMD_H
#define SCANNER_CMD_CMD_H

#define X(ID, NAME, ...) int cmd_##NAME(int argc, char **argv);
#include "scanner/commands.def"
#undef X

#endif
