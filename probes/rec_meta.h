/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rec_meta.h: the payloads of a recording's sections other than chunks.
 * Writers append to a buffer (its "bad" tells lack of memory); readers return
 * NULL, or what is wrong with the payload.
 */
#ifndef NESTSCOPE_REC_META_H
#define NESTSCOPE_REC_META_H

#include "bytes.h"
#include "model.h"
#include "rec_codec.h"

void ns_host_encode(struct ns_buf *b, const struct ns_model *m);
const char *ns_host_decode(struct ns_cursor *c, struct ns_model *m, char *writer, size_t size);

void ns_schema_encode(struct ns_buf *b);
/*
 * schema->type is NS_REC_TABLE_MAX zeroed types of the caller; notes gets
 * what is in the file but not known here (empty: nothing).
 */
const char *ns_schema_decode(struct ns_cursor *c, struct ns_rec_schema *schema, char *notes,
			     size_t size);

void ns_providers_encode(struct ns_buf *b, const struct ns_model *m);
const char *ns_providers_decode(struct ns_cursor *c, struct ns_model *m,
				const struct ns_rec_schema *schema);

/* One VM or context, without the number in front. */
void ns_vm_encode(struct ns_buf *b, const struct ns_model_vm *vm);
void ns_ctx_encode(struct ns_buf *b, const struct ns_model_ctx *ctx);
/* *rc is -ENOMEM when that was the reason. */
const char *ns_vms_decode(struct ns_cursor *c, struct ns_model *m, int *rc);
const char *ns_ctxs_decode(struct ns_cursor *c, struct ns_model *m, int *rc);

/* One mark, without the number in front. */
void ns_mark_encode(struct ns_buf *b, const struct ns_mark *mark);
/* *dropped: how many were too many. */
const char *ns_marks_decode(struct ns_cursor *c, struct ns_model *m, unsigned int *dropped);

void ns_ledger_encode(struct ns_buf *b, const struct ns_model *m);
const char *ns_ledger_decode(struct ns_cursor *c, struct ns_model *m,
			     const struct ns_rec_schema *schema);

#endif
