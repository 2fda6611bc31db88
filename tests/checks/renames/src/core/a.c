int put(const char *from, const char *to)
{
	return rename(from, to);
}
