using Thaw.Harness;

namespace Thaw.ContainerImage;

/// <summary>The commands that start the image's program in its file system: read-only, as the image's user, without capabilities.</summary>
public static class Container
{
    private static readonly string Enter = Path.Combine(AppContext.BaseDirectory, "enter.sh");

    // Other users become root in a user namespace. The only difference: the program keeps the caller's rights to files.
    private static readonly string[] Namespaces = Environment.IsPrivilegedProcess ? [] : ["--user", "--map-root-user"];

    /// <summary>Why nothing can be started in an image here; null if it can.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    /// <summary>What to put before the entry point. The started process becomes the program.</summary>
    /// <param name="tmp">What is at /tmp: <c>none</c>, <c>full</c> or a size such as <c>64m</c>.</param>
    /// <param name="bind">A folder of this machine that the program can read under the same path.</param>
    public static string[] Prefix(ImageTree image, string tmp, string? bind = null)
    {
        if (bind is not null) Directory.CreateDirectory(image.Root + bind);
        return
        [
            "env", $"BIND={bind}", .. image.Recipe.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
            "unshare", .. Namespaces, "--mount", "--propagation", "private",
            "sh", Enter, image.Root, image.Recipe.User, tmp,
        ];
    }

    /// <summary>The same with the program as process 1 of a namespace; the started process is its parent.</summary>
    public static string[] PrefixOfProcess1(ImageTree image, string tmp, string? bind = null) =>
        ["unshare", .. Namespaces, "--pid", "--fork", "--kill-child", .. Prefix(image, tmp, bind)];

    /// <summary>Writes a script that stands in for the program outside the image: it starts the program in the image, with the same process id.</summary>
    public static void WriteScript(string file, ImageTree image, string tmp, string? bind)
    {
        IEnumerable<string> words = [.. Prefix(image, tmp, bind), .. image.Recipe.Entrypoint];
        File.WriteAllText(file, $"#!/bin/sh\nexec {string.Join(' ', words.Select(word => $"'{word}'"))} \"$@\"\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }

    private static string? FindObstacle()
    {
        ProgramRun probe = ProgramRun.ToEnd("unshare", [.. Namespaces, "--mount", "true"]);
        return probe.ExitCode == 0 ? null : $"this user may neither mount nor create user namespaces: {probe.Errors.Trim()}";
    }
}
