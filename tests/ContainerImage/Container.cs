using Thaw.Harness;

namespace Thaw.ContainerImage;

/// <summary>The commands that start the image's program in its file system: read-only, as the image's user, without capabilities.</summary>
public static class Container
{
    private static readonly string Enter = Path.Combine(AppContext.BaseDirectory, "enter.sh");

    // Whoever is not root is so in a user namespace: all the same, but that the program still has the caller's rights to files.
    private static readonly string[] Namespaces = Environment.IsPrivilegedProcess ? [] : ["--user", "--map-root-user"];

    /// <summary>Why nothing can be started in an image here; null when it can.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    /// <summary>What to put before the entry point. The process that is started becomes the program's.</summary>
    /// <param name="tmp">What is at /tmp: <c>none</c>, <c>full</c> or a size such as <c>64m</c>.</param>
    /// <param name="bind">A folder that is to be there too, read-only; the image has to have one of that path.</param>
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

    /// <summary>The same with the program as process 1 of its own; the process that is started is its parent.</summary>
    public static string[] PrefixOfProcess1(ImageTree image, string tmp, string? bind = null) =>
        ["unshare", .. Namespaces, "--pid", "--fork", "--kill-child", .. Prefix(image, tmp, bind)];

    /// <summary>A script that stands for the program outside: what starts it starts the program in the image, with the same process id.</summary>
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
