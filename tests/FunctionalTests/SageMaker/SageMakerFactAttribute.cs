using System.Diagnostics;

namespace Thaw.FunctionalTests.SageMaker;

/// <summary>A test with AWS's own description of its services; reported as skipped, with the reason, where python3 has no boto3.</summary>
public sealed class SageMakerFactAttribute : FactAttribute
{
    private static readonly bool HasBoto = Find();

    public SageMakerFactAttribute() => Skip = HasBoto ? null : "python3 has no boto3 here (Debian: python3-boto3)";

    private static bool Find()
    {
        using Process python = Process.Start(new ProcessStartInfo("python3", ["-c", "import boto3"]) { RedirectStandardError = true })!;
        python.StandardError.ReadToEnd();
        python.WaitForExit();
        return python.ExitCode == 0;
    }
}
