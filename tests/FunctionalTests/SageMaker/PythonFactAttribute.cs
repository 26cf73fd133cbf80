namespace Thaw.FunctionalTests.SageMaker;

/// <summary>A test that runs Python; if it cannot, it is reported as skipped, with what to install.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute(bool boto3 = false) => Skip = boto3 ? Python.MissingBoto3 : Python.Missing;
}
