// SPDX-License-Identifier: GPL-2.0-or-later
/* listen.c: see listen.h. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (256 << 10) /* of a certificate with its chain */
#define BACKLOG 128

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* ---- the address ---- */

static int bad_address(const char *text)
{
	return fail(NS_EXIT_USAGE,
		    "--listen: '%s' is not ADDRESS:PORT, such as 127.0.0.1:%d or [::1]:%d", text,
		    SERVE_PORT, SERVE_PORT);
}

/* "127.0.0.1:9564", "[::]:9564", or a port alone. */
static int parse(const char *text, union address *to)
{
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	size_t n = colon ? (size_t)(colon - text) : 0;
	char host[64] = "127.0.0.1", *end;
	unsigned long port = strtoul(digits, &end, 10);
	bool v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';

	memset(to, 0, sizeof(*to));
	if (*end || end == digits || *digits < '0' || *digits > '9' || port > 65535 ||
	    n >= sizeof(host) || (colon && !n))
		return bad_address(text);
	if (n)
		snprintf(host, sizeof(host), "%.*s", (int)(v6 ? n - 2 : n), text + v6);
	to->any.sa_family = v6 ? AF_INET6 : AF_INET;
	if (v6) {
		to->v6.sin6_port = htons((uint16_t)port);
		n = (size_t)inet_pton(AF_INET6, host, &to->v6.sin6_addr);
	} else {
		to->v4.sin_port = htons((uint16_t)port);
		n = (size_t)inet_pton(AF_INET, host, &to->v4.sin_addr);
	}
	return n == 1 ? 0 : bad_address(text);
}

static bool is_loopback(const union address *at)
{
	if (at->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&at->v6.sin6_addr);
	return ntohl(at->v4.sin_addr.s_addr) >> 24 == 127;
}

/* ---- secrets ---- */

/* The whole of a small file, ended by a 0; NULL after a message. */
static char *contents(const char *option, const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = f ? calloc(1, FILE_MAX + 1) : NULL;
	size_t n = text ? fread(text, 1, FILE_MAX + 1, f) : 0;

	if (!f || !text || ferror(f))
		fail(NS_EXIT_USAGE, "%s: cannot read %s: %s", option, path, strerror(errno));
	else if (n > FILE_MAX || strlen(text) != n || !n)
		fail(NS_EXIT_USAGE, "%s: %s is no text, empty or larger than %d KB", option, path,
		     FILE_MAX >> 10);
	else
		n = SIZE_MAX;
	if (f)
		fclose(f);
	if (n == SIZE_MAX)
		return text;
	free(text);
	return NULL;
}

static int read_token(struct endpoint *e, const char *path)
{
	struct stat st;

	e->token = contents("--token-file", path);
	if (!e->token)
		return NS_EXIT_USAGE;
	e->token[strcspn(e->token, "\r\n")] = 0;
	if (strlen(e->token) < TOKEN_MIN || e->token[strcspn(e->token, " \t")])
		return fail(NS_EXIT_USAGE,
			    "--token-file: the first line of %s must be a token of at least %d "
			    "characters without blanks, such as 'openssl rand -hex 32' makes",
			    path, TOKEN_MIN);
	if (!stat(path, &st) && st.st_mode & S_IROTH)
		fprintf(stderr, "nestscope serve: warning: everybody on this machine can read %s\n",
			path);
	return 0;
}

static int read_secrets(struct endpoint *e, const struct args *a)
{
	int rc = 0;

	if (!a->tls_cert != !a->tls_key)
		return fail(NS_EXIT_USAGE, "--tls-cert and --tls-key go together: %s is missing",
			    a->tls_cert ? "--tls-key" : "--tls-cert");
	if (!e->loopback && (!a->tls_cert || !a->token_file))
		return fail(NS_EXIT_USAGE,
			    "--listen %s: what is not this machine alone needs TLS and a token: "
			    "%s%s%s missing",
			    a->listen, a->tls_cert ? "" : "--tls-cert and --tls-key",
			    a->tls_cert || a->token_file ? "" : ", and ",
			    a->token_file ? " are" : a->tls_cert ? "--token-file is" : "--token-file, are");
	if (a->tls_cert) {
		e->cert = contents("--tls-cert", a->tls_cert);
		e->key = e->cert ? contents("--tls-key", a->tls_key) : NULL;
		rc = e->key ? 0 : NS_EXIT_USAGE;
	}
	return !rc && a->token_file ? read_token(e, a->token_file) : rc;
}

/* ---- the socket ---- */

static void name_it(struct endpoint *e)
{
	union address at = { 0 };
	socklen_t size = sizeof(at);
	char host[64] = "?";

	getsockname(e->fd, &at.any, &size);
	if (e->v6)
		inet_ntop(AF_INET6, &at.v6.sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &at.v4.sin_addr, host, sizeof(host));
	snprintf(e->name, sizeof(e->name), e->v6 ? "[%s]:%d" : "%s:%d", host,
		 ntohs(e->v6 ? at.v6.sin6_port : at.v4.sin_port));
}

static int listen_at(struct endpoint *e, const union address *at, const char *text)
{
	int yes = 1;

	e->v6 = at->any.sa_family == AF_INET6;
	e->fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd >= 0)
		setsockopt(e->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (e->fd < 0 || bind(e->fd, &at->any, e->v6 ? sizeof(at->v6) : sizeof(at->v4)) ||
	    listen(e->fd, BACKLOG))
		return fail(NS_EXIT_FAIL, "cannot listen on %s: %s%s", text, strerror(errno),
			    errno == EADDRINUSE ? "; choose another with --listen" : "");
	name_it(e);
	return 0;
}

int endpoint_open(struct endpoint *e, const struct args *a)
{
	char text[32];
	union address at;
	int rc;

	memset(e, 0, sizeof(*e));
	e->fd = -1;
	snprintf(text, sizeof(text), "127.0.0.1:%d", SERVE_PORT);
	rc = parse(a->listen ? a->listen : text, &at);
	if (rc)
		return rc;
	e->loopback = is_loopback(&at);
	rc = read_secrets(e, a);
	return rc ? rc : listen_at(e, &at, a->listen ? a->listen : text);
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void endpoint_close(struct endpoint *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	forget(e->token);
	forget(e->key);
	free(e->cert);
}
