// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * http.c: the server, on libmicrohttpd.
 *
 * Nothing a client does costs more than its request: connections are bounded, and
 * so are their memory and their life; each is for one request.  Metrics are
 * rendered at most once for each reading, and all clients get that one copy.
 */
#include "http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host.h"
#include "negotiate.h"

#define MAX_CONNECTIONS 256
#define CROWDED (MAX_CONNECTIONS / 4 * 3) /* from here on the oldest has to go */
#define LIFE_NS 10000000000ULL /* of a connection: what Prometheus waits, too */
#define MEMORY_EACH 16384 /* for a request's head */
/* TLS 1.2 and 1.3, and no cipher that anybody doubts */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

const bool http_built_in = true;

struct connection {
	int fd;
	bool used;
	uint64_t since_ns;
};

/* Metrics in one format, for everybody who asks until the next reading. */
struct copy {
	struct MHD_Response *response; /* NULL: none */
	unsigned int generation; /* of the feed */
};

struct http {
	struct MHD_Daemon *daemon;
	struct feed *feed;
	char *authorization; /* what the header must say, NULL: nothing */
	uint64_t max_age_ns;
	struct copy copy[NS_NR_METRICS_FORMATS];
	struct connection connection[MAX_CONNECTIONS];
	unsigned int nr_connections;
	char said[200]; /* libmicrohttpd's last complaint */
};

static void keep_message(void *arg, const char *fmt, va_list ap)
{
	struct http *h = arg;

	vsnprintf(h->said, sizeof(h->said), fmt, ap);
	h->said[strcspn(h->said, "\n")] = 0;
}

/* ---- connections ---- */

static struct connection *oldest(struct http *h)
{
	struct connection *old = NULL;

	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++) {
		struct connection *c = &h->connection[i];

		if (c->used && c->fd >= 0 && (!old || c->since_ns < old->since_ns))
			old = c;
	}
	return old;
}

/* The library sees the end of it, and closes it. */
static void cut(struct connection *c)
{
	shutdown(c->fd, SHUT_RDWR);
	c->fd = -1;
}

static void connection_begins(struct http *h, struct MHD_Connection *conn, void **slot)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *c = h->connection;

	if (h->nr_connections >= CROWDED && oldest(h))
		cut(oldest(h));
	while (c < h->connection + MAX_CONNECTIONS && c->used)
		c++;
	if (c == h->connection + MAX_CONNECTIONS || !info)
		return; /* the library's own limit is the same: this does not happen */
	*c = (struct connection){ .fd = info->connect_fd, .used = true, .since_ns = ns_now() };
	*slot = c;
	h->nr_connections++;
}

static void on_connection(void *arg, struct MHD_Connection *conn, void **slot,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http *h = arg;
	struct connection *c = *slot;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		connection_begins(h, conn, slot);
	} else if (c) {
		c->used = false;
		h->nr_connections--;
	}
}

/* Whoever is not done by now is slow, or dead. */
static void cut_slow(struct http *h)
{
	uint64_t now = ns_now();
	struct connection *c;

	while ((c = oldest(h)) && now - c->since_ns > LIFE_NS)
		cut(c);
}

/* ---- answers ---- */

/* Takes body, which was malloc'ed; NULL without memory. */
static struct MHD_Response *response_of(char *body, size_t size, const char *type)
{
	struct MHD_Response *r =
		body ? MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE) : NULL;

	if (!r) {
		free(body);
		return NULL;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	return r;
}

static enum MHD_Result send_once(struct MHD_Connection *conn, unsigned int status,
				 struct MHD_Response *r)
{
	enum MHD_Result rc;

	if (!r)
		return MHD_NO; /* no memory: the connection ends */
	rc = MHD_queue_response(conn, status, r);
	MHD_destroy_response(r);
	return rc;
}

/* A line of text, and perhaps a header that goes with the status. */
static enum MHD_Result say(struct MHD_Connection *conn, unsigned int status, const char *text,
			   const char *header, const char *value)
{
	char *body = NULL;
	int n = asprintf(&body, "%s\n", text);
	struct MHD_Response *r =
		n < 0 ? NULL : response_of(body, (size_t)n, "text/plain; charset=utf-8");

	if (r && header)
		MHD_add_response_header(r, header, value);
	return send_once(conn, status, r);
}

static struct MHD_Response *render(struct http *h, enum ns_metrics_format format)
{
	struct ns_metrics_opts o = {
		.format = format,
		.events = h->feed->a->events,
		.exemplars = &h->feed->exemplars,
		.hidden = h->feed->hidden,
	};
	char *body = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&body, &size);
	int rc = f ? ns_metrics_write(f, &h->feed->m, &o) : -ENOMEM;

	if (f && fclose(f))
		rc = -ENOMEM;
	if (!rc)
		return response_of(body, size, content_type(format));
	free(body);
	return NULL;
}

static enum MHD_Result metrics(struct http *h, struct MHD_Connection *conn)
{
	enum ns_metrics_format format = negotiate(
		MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	struct copy *c = &h->copy[format];

	feed_update(h->feed, h->max_age_ns);
	if (*h->feed->broken)
		return say(conn, MHD_HTTP_SERVICE_UNAVAILABLE, h->feed->broken, NULL, NULL);
	if (!c->response || c->generation != h->feed->generation) {
		if (c->response) /* who is being sent it has a reference */
			MHD_destroy_response(c->response);
		c->response = render(h, format);
		c->generation = h->feed->generation;
	}
	return c->response ? MHD_queue_response(conn, MHD_HTTP_OK, c->response) : MHD_NO;
}

static enum MHD_Result health(struct http *h, struct MHD_Connection *conn)
{
	feed_update(h->feed, h->max_age_ns);
	if (*h->feed->broken)
		return say(conn, MHD_HTTP_SERVICE_UNAVAILABLE, h->feed->broken, NULL, NULL);
	return say(conn, MHD_HTTP_OK, "ok", NULL, NULL);
}

static enum MHD_Result front_page(struct http *h, struct MHD_Connection *conn)
{
	size_t size = 0;
	char *html;

	feed_update(h->feed, h->max_age_ns);
	html = page_html(h->feed, &size);
	return send_once(conn, MHD_HTTP_OK, response_of(html, size, "text/html; charset=utf-8"));
}

/* In a time that does not tell how much of it was right. */
static bool same(const char *wanted, const char *got)
{
	size_t n = strlen(wanted), m = strlen(got);
	unsigned char differ = n != m;

	for (size_t i = 0; i < m; i++)
		differ |= (unsigned char)(got[i] ^ wanted[n ? i % n : 0]);
	return !differ;
}

static bool allowed(const struct http *h, struct MHD_Connection *conn)
{
	const char *got =
		MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

	return !h->authorization || (got && same(h->authorization, got));
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *conn, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **con)
{
	struct http *h = arg;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)con;
	if (!allowed(h, conn))
		return say(conn, MHD_HTTP_UNAUTHORIZED, "a bearer token is needed",
			   MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"nestscope\"");
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return say(conn, MHD_HTTP_METHOD_NOT_ALLOWED, "there is only GET here",
			   MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (!strcmp(url, "/metrics"))
		return metrics(h, conn);
	if (!strcmp(url, "/healthz"))
		return health(h, conn);
	if (!strcmp(url, "/"))
		return front_page(h, conn);
	return say(conn, MHD_HTTP_NOT_FOUND, "there are /metrics, /healthz and / here", NULL, NULL);
}

/* ---- the server ---- */

static struct MHD_Daemon *start(struct http *h, struct endpoint *e)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, e->key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, e->cert },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (e->v6 ? MHD_USE_IPv6 : 0) |
			     (e->cert ? MHD_USE_TLS : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, answer, h, /* */
				MHD_OPTION_EXTERNAL_LOGGER, keep_message, h, /* */
				MHD_OPTION_LISTEN_SOCKET, e->fd, /* */
				MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MAX_CONNECTIONS,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_EACH,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(LIFE_NS / 1000000000),
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, /* */
				MHD_OPTION_ARRAY, e->cert ? tls : &tls[3], MHD_OPTION_END);
}

static int start_failed(const struct http *h, const struct endpoint *e, struct ns_error *err)
{
	if (e->cert)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"no TLS with --tls-cert and --tls-key as they are: both must be "
				"PEM, and the key that of the certificate%s%s",
				*h->said ? ": " : "", h->said);
	return ns_error(err, -EIO, NS_EXIT_FAIL, "cannot start the server on %s%s%s", e->name,
			*h->said ? ": " : "", h->said);
}

int http_open(struct http **out, struct endpoint *e, struct feed *feed, uint64_t max_age_ns,
	      struct ns_error *err)
{
	struct http *h = calloc(1, sizeof(*h));
	int rc = 0;

	*out = h;
	if (!h)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	h->feed = feed;
	h->max_age_ns = max_age_ns;
	if (e->token && asprintf(&h->authorization, "Bearer %s", e->token) < 0) {
		h->authorization = NULL;
		rc = ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	}
	if (!rc) {
		h->daemon = start(h, e);
		if (!h->daemon)
			rc = start_failed(h, e, err);
		else
			e->fd = -1; /* the library's */
	}
	if (rc) {
		http_close(h);
		*out = NULL;
	}
	return rc;
}

int http_fd(const struct http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

uint64_t http_due_ns(const struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(h->daemon, &ms) == MHD_YES ? ns_now() + ms * 1000000 : UINT64_MAX;
}

void http_run(struct http *h)
{
	MHD_run(h->daemon);
	cut_slow(h);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	for (unsigned int i = 0; i < NS_NR_METRICS_FORMATS; i++)
		if (h->copy[i].response)
			MHD_destroy_response(h->copy[i].response);
	if (h->authorization)
		explicit_bzero(h->authorization, strlen(h->authorization));
	free(h->authorization);
	free(h);
}
