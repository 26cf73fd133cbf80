using Thaw.Harness;

namespace Thaw.ContainerImage;

/// <summary>
/// Stands in for the base image if that is not available: this machine's copies of the libraries that the base has, and no others. What the
/// program needs beyond them is missing here as well.
/// </summary>
internal static class BaseFiles
{
    // Those of Ubuntu's packages libc6, libgcc-s1, libstdc++6 and libssl3, whose parts make up dotnet/runtime-deps:10.0-noble-chiseled
    // (github.com/dotnet/dotnet-docker, src/runtime-deps/10.0/noble-chiseled). Parts of glibc that nothing links to are omitted.
    private static readonly string[] Libraries =
    [
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0",
        "libgcc_s.so.1", "libstdc++.so.6", "libssl.so.3", "libcrypto.so.3",
    ];

    private const string Certificates = "/etc/ssl/certs/ca-certificates.crt";

    public static void Write(string root, IEnumerable<string> programs)
    {
        foreach (string library in programs.SelectMany(LibrariesOf).Distinct()) Copy(library, root);
        if (File.Exists(Certificates)) Copy(Certificates, root);
        File.WriteAllText(Path.Combine(root, "etc", "passwd"), "root:x:0:0:root:/root:/bin/bash\napp:x:1654:1654::/home/app:/bin/false\n");
        File.WriteAllText(Path.Combine(root, "etc", "group"), "root:x:0:\napp:x:1654:\n");
    }

    private static List<string> LibrariesOf(string program)
    {
        List<string> paths = [];
        // "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)"
        foreach (string line in ProgramRun.ToEnd("ldd", [program]).Output.Split('\n'))
        {
            string? path = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(word => word.StartsWith('/'));
            if (path is not null && Libraries.Contains(Path.GetFileName(path))) paths.Add(path);
        }

        return paths;
    }

    private static void Copy(string file, string root)
    {
        string target = Path.Join(root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target, overwrite: true);
    }
}
