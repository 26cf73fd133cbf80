namespace Thaw.Reference;

/// <summary>The reference refused a request, with its own message, or crashed on it.</summary>
public sealed class ReferenceException(string message) : Exception(message);
