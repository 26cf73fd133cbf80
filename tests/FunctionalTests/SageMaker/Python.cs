using System.ComponentModel;
using Thaw.Harness;

namespace Thaw.FunctionalTests.SageMaker;

/// <summary>The Python that runs deploy/sagemaker: the first one that has boto3, otherwise the first one at all.</summary>
internal static class Python
{
    // The one on the path may be a version manager's, which does not see the system's packages.
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3"];

    static Python()
    {
        string? withBoto3 = Candidates.FirstOrDefault(candidate => Runs(candidate, "import boto3"));
        string? any = withBoto3 ?? Candidates.FirstOrDefault(candidate => Runs(candidate, ""));
        Command = any ?? "python3";
        if (any is null) Missing = MissingBoto3 = "There is no python3 here. Install it (Debian: apt-get install python3 python3-boto3).";
        else if (withBoto3 is null)
            MissingBoto3 = "python3 has no boto3 here. Install it (Debian: apt-get install python3-boto3; elsewhere: pip install boto3).";
    }

    public static string Command { get; }

    /// <summary>Why no Python can run; null if one can.</summary>
    public static string? Missing { get; }

    /// <summary>Why nothing that needs boto3 can run; null if it can.</summary>
    public static string? MissingBoto3 { get; }

    private static bool Runs(string python, string program)
    {
        try
        {
            return ProgramRun.ToEnd(python, ["-c", program]).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
