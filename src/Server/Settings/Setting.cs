namespace Thaw.Server.Settings;

/// <summary>A setting: <c>--name</c> on the command line, else the first of the variables that is set.</summary>
/// <param name="ValueName">What the help calls the value.</param>
/// <param name="Default">Its value when it is not given, in words where it depends on the machine.</param>
/// <param name="Description">What it is, for the help and the documents.</param>
/// <param name="Expected">What a valid value is, for the message about an invalid one.</param>
/// <param name="TrySet">Sets it from text; false for an invalid value.</param>
internal sealed record Setting(
    string Name, string ValueName, string[] Variables, string Default, string Description, string Expected, Func<ServerOptions, string, bool> TrySet);
