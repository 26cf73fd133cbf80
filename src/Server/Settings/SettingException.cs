namespace Thaw.Server.Settings;

/// <summary>A setting or an argument cannot be used; the message names it and says what can.</summary>
internal sealed class SettingException(string message) : Exception(message);
