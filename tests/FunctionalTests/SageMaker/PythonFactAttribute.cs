namespace Thaw.FunctionalTests.SageMaker;

/// <summary>A test that runs Python; reported as skipped, with what to install, where it cannot.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute(bool boto3 = false) => Skip = boto3 ? Python.MissingBoto3 : Python.Missing;
}
