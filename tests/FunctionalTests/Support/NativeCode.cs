using System.Diagnostics;

namespace Thaw.FunctionalTests.Support;

/// <summary>The C compiler, which publishing needs too.</summary>
internal static class NativeCode
{
    public static void CompileLibrary(string sourceFile, string source, string library)
    {
        File.WriteAllText(sourceFile, source);
        using Process compiler = Process.Start("cc", ["-shared", "-fPIC", "-o", library, sourceFile, "-ldl"]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
    }
}
