namespace Thaw.Harness;

/// <summary>How the programs of tests and benchmarks end.</summary>
public static class Tool
{
    /// <param name="run">Throws an <see cref="ArgumentException"/> for a command line that it does not understand.</param>
    /// <returns>The exit status: that of <paramref name="run"/>, 1 for a failure, 2 for a wrong command line, each with a line that says why.</returns>
    public static int Run(string[] arguments, string help, Func<int> run)
    {
        if (arguments.Any(argument => argument is "-h" or "--help"))
        {
            Console.Write(help);
            return 0;
        }

        try
        {
            return run();
        }
        catch (ArgumentException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
        catch (Exception exception) when (exception is HarnessException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }
}
