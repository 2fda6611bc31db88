int
add(int a, int b)
{
        return a + b;
}

/* clang-format off */
int table[] = {1,2,
  3};
/* clang-format on */
