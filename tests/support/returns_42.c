/* Shows that programs of this architecture really run: see really_runs.sh. */
int main(void)
{
    return 42;
}
