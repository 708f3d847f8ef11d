// SPDX-License-Identifier: GPL-2.0-or-later
/* text.c: words and numbers of a page; see html.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "html.h"
#include "top/screen.h"

/* Length of the UTF-8 character at s, or 0: it is none. */
static unsigned int utf8_length(const unsigned char *s)
{
	unsigned int n = s[0] < 0x80	       ? 1
			 : (s[0] >> 5) == 6    ? 2
			 : (s[0] >> 4) == 0xe  ? 3
			 : (s[0] >> 3) == 0x1e ? 4
					       : 0;

	for (unsigned int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((n == 2 && s[0] < 0xc2) || (n == 3 && s[0] == 0xe0 && s[1] < 0xa0) ||
	    (n == 3 && s[0] == 0xed && s[1] > 0x9f) || (n == 4 && s[0] == 0xf0 && s[1] < 0x90) ||
	    (n == 4 && (s[0] > 0xf4 || (s[0] == 0xf4 && s[1] > 0x8f))))
		return 0;
	return n;
}

void html_text(struct html *h, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned int n;

	for (; *s; s += n ? n : 1) {
		n = utf8_length(s);
		if (*s == '&')
			fputs("&amp;", h->f);
		else if (*s == '<')
			fputs("&lt;", h->f);
		else if (*s == '>')
			fputs("&gt;", h->f);
		else if (*s == '"')
			fputs("&quot;", h->f);
		else if (*s == '\'')
			fputs("&#39;", h->f);
		else if (!n || *s < 0x20 || *s == 0x7f || (n == 2 && *s == 0xc2 && s[1] < 0xa0))
			fputs("\xef\xbf\xbd", h->f); /* U+FFFD; C0, C1 or no character */
		else
			fwrite(s, 1, n, h->f);
	}
}

void html_name(struct html *h, const char *s)
{
	fputs("<bdi>", h->f);
	html_text(h, s);
	fputs("</bdi>", h->f);
}

/* ---- numbers ---- */

static bool unavailable(struct html *h, uint64_t n)
{
	if (n == NS_UNAVAILABLE)
		fputs("<span class=\"na\">unavailable</span>", h->f);
	return n == NS_UNAVAILABLE;
}

static void data(struct html *h, uint64_t n, const char *text)
{
	fprintf(h->f, "<data value=\"%" PRIu64 "\">%s</data>", n, text);
}

void html_count(struct html *h, uint64_t n)
{
	char buf[32];

	if (!unavailable(h, n))
		data(h, n, ns_count_format(n, buf, sizeof(buf)));
}

void html_ns(struct html *h, uint64_t ns)
{
	char buf[32];

	if (!unavailable(h, ns))
		data(h, ns, ns_duration_format(ns, buf, sizeof(buf)));
}

void html_bytes(struct html *h, uint64_t n)
{
	char buf[NUMBER];

	if (!unavailable(h, n))
		data(h, n, show_bytes((double)n, buf));
}

void html_rate(struct html *h, uint64_t n)
{
	double s = model_seconds(&h->p->m);
	char buf[32];

	if (n == NS_UNAVAILABLE || !(s > 0)) {
		unavailable(h, NS_UNAVAILABLE);
		return;
	}
	rate_format((double)n / s, buf, sizeof(buf));
	fputs(buf, h->f);
}

void html_share(struct html *h, uint64_t part, uint64_t all)
{
	char buf[NUMBER];

	if (part == NS_UNAVAILABLE || !all) {
		fputs("<span class=\"na\">–</span>", h->f);
		return;
	}
	fputs(show_percent(100.0 * (double)part / (double)all, buf), h->f);
}

void html_cell(struct html *h, void (*put)(struct html *h, uint64_t n), uint64_t n)
{
	fputs("<td>", h->f);
	put(h, n);
	fputs("</td>", h->f);
}

/* ---- names ---- */

void html_value(struct html *h, enum ns_dim dim, unsigned int value)
{
	const char *label = ns_value_label(dim, value), *gap = strstr(label, "  ");
	char buf[128];

	if (gap)
		snprintf(buf, sizeof(buf), "%.*s: %s", (int)(gap - label), label, gap + 2);
	else
		snprintf(buf, sizeof(buf), "%s", label);
	html_text(h, buf);
}

void html_vm(struct html *h, unsigned int id)
{
	const struct ns_model_vm *vm = ns_model_vm(&h->p->m, id);

	if (vm)
		html_name(h, vm->name);
	else if (id)
		fprintf(h->f, "VM %u", id);
	else
		fputs("no VM", h->f);
}

uint64_t html_lost(const struct html *h, unsigned int event)
{
	return ns_ledger_lost(&h->p->m.ledger[event]);
}

void html_none(struct html *h, const char *why)
{
	struct ns_ledger_row l = ns_model_ledger(&h->p->m);

	fputs("<p class=\"none\"><b>None", h->f);
	if (ns_ledger_lost(&l))
		fprintf(h->f,
			" that was kept</b>, and %" PRIu64 " events were lost: see the ledger.",
			ns_ledger_lost(&l));
	else
		fprintf(h->f, ".</b> %s", why);
	fputs("</p>\n", h->f);
}

bool html_off(struct html *h, unsigned int event)
{
	const char *note = h->p->m.provider[event].note;

	if (!view_shows(h->v, event)) {
		fprintf(h->f,
			"<p class=\"none\"><b>Not shown.</b> %s was left out by -e or "
			"--filter.</p>\n",
			ns_events[event].key);
		return true;
	}
	if (event_on(&h->p->m, event))
		return false;
	fprintf(h->f, "<p class=\"none\"><b>Unavailable.</b> %s: ", ns_events[event].key);
	html_text(h, *note ? note : "this recording's kernel did not provide it");
	fputs("</p>\n", h->f);
	return true;
}

void html_data(struct html *h, const char *what)
{
	fprintf(h->f, "<details class=\"data\"><summary>%s</summary><div class=\"scroll\">\n",
		what);
}

void html_data_end(struct html *h)
{
	fputs("</div></details>\n", h->f);
}

/* ---- sums ---- */

bool html_has(const struct html *h, unsigned int event)
{
	return view_shows(h->v, event) && event_on(&h->p->m, event);
}

uint64_t html_sum(struct html *h, int event, int dim)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, event, dim, NS_ANY };

	return html_has(h, (unsigned int)event) ? ns_model_count(&h->p->m, q) : NS_UNAVAILABLE;
}

struct ns_hist html_hist(struct html *h, int vm, int event, int dim)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, event, dim, NS_ANY };
	struct ns_hist hist = { 0 };

	if (ns_model_sum(&h->p->m, q, &hist))
		h->rc = -ENOMEM;
	return hist;
}
