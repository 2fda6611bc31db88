void
bad(pv_ctx *cx, pv_buf *b, sqlite3 *db, const char *name)
{
	pv_buf_printf(b, "{\"name\":\"%s\"}", name);
	pv_printf(cx->arena, "SELECT bytes FROM objects WHERE name = '%s'",
	          name);
	pv_buf_printf(b, "<td>%s</td>", name);
	pv_buf_adds(b, "{\"kind\":");
	sqlite3_exec(db, pv_printf(cx->arena, "DROP TABLE %s", name), 0, 0, 0);
	pv_buf_adds(b, "{\"items\":["); /* strings: the items are printed JSON already */
	pv_fail(cx, PV_EINVALID, "expected {\"name\": \"%s\"}", name);
	pv_fail(cx, PV_EINVALID, "%s", pv_printf(cx->arena, "malformed path \"%s\": expected a slash", name));
	pv_buf_printf(b, "usage: pave get <kind> %s", name);
	sqlite3_exec(db, "SELECT bytes FROM objects WHERE name = ?1", 0, 0, 0);
}

void
good(pv_buf *b, const pv_val *v)
{
	/* strings: constants around printed values */
	pv_buf_adds(b, "{\"kind\":");
	pv_json_write(b, v);
	pv_buf_adds(b, ",\"rows\":[");
}

void
bad_again(pv_buf *b)
{
	pv_buf_adds(b, ",\"rows\":[");
}
