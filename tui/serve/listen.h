/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h: where serve listens, and what that asks for. */
#ifndef NESTSCOPE_LISTEN_H
#define NESTSCOPE_LISTEN_H

#include "cmd.h"

#define SERVE_PORT 9564
#define TOKEN_MIN 16 /* characters: shorter ones can be guessed */

struct endpoint {
	int fd; /* listening, -1: none */
	bool v6, loopback;
	char name[80]; /* "127.0.0.1:9564", with the port that was got */
	char *token, *cert, *key; /* NULL: none */
};

/*
 * Read what --listen, --tls-cert, --tls-key and --token-file say, and listen there.  Returns
 * 0, or an exit code after a message.  Release e with endpoint_close in any case.
 */
int endpoint_open(struct endpoint *e, const struct args *a);
void endpoint_close(struct endpoint *e);

#endif
